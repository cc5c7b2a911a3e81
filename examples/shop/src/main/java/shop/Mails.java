package shop;

import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Stands for a mail server. */
@Component
class Mails {
    private static final Logger LOG = LoggerFactory.getLogger(Mails.class);

    void send(String to, String text, UUID idempotencyKey) {
        LOG.info("To {}: {} ({})", to, text, idempotencyKey);
    }
}
