/** What is particular to Spring Boot 3. */
@NullMarked
package io.forthwith.spring.boot3;

import org.jspecify.annotations.NullMarked;
