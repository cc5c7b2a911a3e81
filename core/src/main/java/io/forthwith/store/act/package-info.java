/** What people do to jobs by hand, as rows: acts on many jobs, which are carried on page by page, and who has done what. */
@NullMarked
package io.forthwith.store.act;

import org.jspecify.annotations.NullMarked;
