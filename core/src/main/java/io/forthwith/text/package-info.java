/** Text that crosses a border: names, messages for end users, and text made safe to store or log. Internal. */
@NullMarked
package io.forthwith.text;

import org.jspecify.annotations.NullMarked;
