package io.forthwith.store.kit.internal.random;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Searches for an order of commands that ran at the same moment: run one after the other in this order, they give the answers and rows that
 * were seen. A call of several transactions may have others between them.
 */
final class OrderSearch {
    private final List<Command> commands;
    private final List<List<String>> answers;
    private final String rows;
    /** The states that were searched already: most orders lead to the same few states. */
    private final Set<String> seen = new HashSet<>();

    OrderSearch(List<Command> commands, List<List<String>> answers, String rows) {
        this.commands = commands;
        this.answers = answers;
        this.rows = rows;
    }

    boolean existsFrom(CommandModel before) {
        List<Begun> all = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            all.add(new Begun(i, List.of(), List.of()));
        }
        return search(before, all);
    }

    private boolean search(CommandModel model, List<Begun> open) {
        if (open.isEmpty()) {
            return model.rows().equals(rows);
        }
        return seen.add(model.state() + open) && open.stream().anyMatch(command -> searchOn(model, open, command));
    }

    private boolean searchOn(CommandModel model, List<Begun> open, Begun command) {
        List<Command.Step> steps = commands.get(command.index).steps();
        for (int step = 0; step < steps.size(); step++) {
            if (!command.done.contains(step) && searchOn(model, open, command, step, steps)) {
                return true;
            }
        }
        return false;
    }

    private boolean searchOn(CommandModel model, List<Begun> open, Begun command, int step, List<Command.Step> steps) {
        List<String> answer = answers.get(command.index);
        for (Predicate<String> locked : commands.get(command.index).avoidance().locked(model, answer)) {
            CommandModel after = model.copy();
            Begun further = command.after(step, steps.get(step).applyTo(after, locked));
            List<Begun> stillOpen = new ArrayList<>(open);
            stillOpen.remove(command);
            boolean isWhole = further.done.size() == steps.size();
            if (!isWhole) {
                stillOpen.add(further);
            }
            if ((!isWhole || isAnswer(further.said, answer)) && search(after, stillOpen)) {
                return true;
            }
        }
        return false;
    }

    /** A call of one transaction answers in one order; several transactions may come in any order. */
    private static boolean isAnswer(List<String> said, List<String> answer) {
        return said.equals(answer) || Command.sorted(said).equals(answer);
    }

    /** A command of which some transactions are done, with their answers. */
    private record Begun(int index, List<Integer> done, List<String> said) {
        Begun after(int step, List<String> answer) {
            return new Begun(
                    index, joined(done, List.of(step)).stream().sorted().toList(), joined(said, answer));
        }

        private static <T> List<T> joined(List<T> some, List<T> more) {
            return Stream.concat(some.stream(), more.stream()).toList();
        }
    }
}
