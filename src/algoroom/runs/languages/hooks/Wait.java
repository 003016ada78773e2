import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The agent of a virtual machine that is started before its program is known. It runs when the machine is up and the
 * main class is not looked for yet, waits until the gate is opened, and leaves the rest to the machine.
 */
public final class Wait {
    public static void premain(String gate) throws IOException {
        warmUp(gate.length());
        try (InputStream waiting = new FileInputStream(gate)) {
            while (waiting.read() >= 0) {
                // Nothing is written; it ends when the gate is opened.
            }
        }
    }

    /** What nearly every program asks for first. Nothing of it can be seen later. */
    private static String warmUp(int number) {
        return "a" + number + 'b' + (number + 0.5) + System.in + System.out + true + String.format("%d %s%n", number, "c");
    }
}
