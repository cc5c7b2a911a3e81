package io.forthwith.examples.customstore;

import io.forthwith.NewJob;
import java.nio.file.Path;
import java.time.InstantSource;

/** Adds families to a file until the process is killed. Prints a line for each family after it was added. */
final class AddingMain {
    /** The children of each family. */
    static final int CHILDREN = 3;

    private AddingMain() {}

    public static void main(String[] args) {
        KeyValueJobStore store = KeyValueJobStore.open(Path.of(args[0]), InstantSource.system());
        while (true) {
            NewJob[] family = new NewJob[CHILDREN + 1];
            family[0] = Jobs.job("parent");
            for (int i = 1; i <= CHILDREN; i++) {
                family[i] = Jobs.job("child " + i).parent(family[0]);
            }
            store.add(Jobs.encoded(family));
            System.out.println(family[0].id());
        }
    }
}
