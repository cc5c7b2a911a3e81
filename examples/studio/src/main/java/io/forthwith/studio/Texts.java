package io.forthwith.studio;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;

/** The studio's words to its users, in English or Chinese. Immutable and thread-safe. */
public final class Texts {
    private final Locale locale;
    private final ResourceBundle words;

    private Texts(Locale locale) {
        this.locale = locale;
        this.words = ResourceBundle.getBundle("io.forthwith.studio.texts", locale);
    }

    /** The words of a language: Chinese for {@code zh}, English for every other. */
    public static Texts in(String language) {
        return new Texts(language.equals("zh") ? Locale.CHINESE : Locale.ENGLISH);
    }

    /** The language, for those parts of the library that speak to users as well. */
    public Locale locale() {
        return locale;
    }

    /** The text with this key, its placeholders filled. */
    public String say(String key, Object... values) {
        return new MessageFormat(words.getString(key), locale).format(values);
    }
}
