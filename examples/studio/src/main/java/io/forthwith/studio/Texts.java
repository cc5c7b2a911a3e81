package io.forthwith.studio;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;

/** The messages of the studio to its users, in English or Chinese. Immutable and thread-safe. */
public final class Texts {
    private final Locale locale;
    private final ResourceBundle words;

    private Texts(Locale locale) {
        this.locale = locale;
        this.words = ResourceBundle.getBundle("io.forthwith.studio.texts", locale);
    }

    /** The messages in a language: Chinese for {@code zh}, otherwise English. */
    public static Texts in(String language) {
        return new Texts(language.equals("zh") ? Locale.CHINESE : Locale.ENGLISH);
    }

    /** The language, for messages of the library to users. */
    public Locale locale() {
        return locale;
    }

    /** The message with this key and these values. */
    public String say(String key, Object... values) {
        return new MessageFormat(words.getString(key), locale).format(values);
    }
}
