/** What is particular to Spring Boot 4. */
@NullMarked
package io.forthwith.spring.boot4;

import org.jspecify.annotations.NullMarked;
