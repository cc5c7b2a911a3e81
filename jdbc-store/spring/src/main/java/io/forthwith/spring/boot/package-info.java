/** What the starters for Spring Boot configure. Everything here is also right with either of its generations, 3.5 and 4. */
@NullMarked
package io.forthwith.spring.boot;

import org.jspecify.annotations.NullMarked;
