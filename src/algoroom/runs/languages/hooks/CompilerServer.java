import com.sun.tools.javac.Main;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A compiler that stays warm. It reads requests from standard input: the number of arguments and each of them, the
 * directory whose files are wanted, the number of files and each one's path and bytes. It answers on standard output
 * with the exit code, what the compiler said, and the files. Nothing of a request is there for the next one.
 */
public final class CompilerServer {
    public static void main(String[] nothing) throws IOException {
        DataInputStream requests = new DataInputStream(new BufferedInputStream(System.in));
        DataOutputStream answers = new DataOutputStream(new BufferedOutputStream(System.out));
        while (true) {
            String[] arguments = new String[requests.readInt()];
            for (int index = 0; index < arguments.length; index++) {
                arguments[index] = text(requests);
            }
            Path out = Path.of(text(requests));
            Files.createDirectories(out);
            for (int left = requests.readInt(); left > 0; left--) {
                Path file = Path.of(text(requests));
                if (file.getParent() != null) {
                    Files.createDirectories(file.getParent());
                }
                Files.write(file, bytes(requests));
            }
            StringWriter said = new StringWriter();
            int code = Main.compile(arguments, new PrintWriter(said));
            answers.writeInt(code);
            write(answers, said.toString().getBytes(StandardCharsets.UTF_8));
            List<Path> made = files(out);
            answers.writeInt(made.size());
            for (Path file : made) {
                write(answers, out.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                write(answers, Files.readAllBytes(file));
            }
            clear();
            answers.flush();
        }
    }

    private static String text(DataInputStream source) throws IOException {
        return new String(bytes(source), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(DataInputStream source) throws IOException {
        return source.readNBytes(source.readInt());
    }

    private static void write(DataOutputStream target, byte[] data) throws IOException {
        target.writeInt(data.length);
        target.write(data);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> found = Files.walk(folder)) {
            return new ArrayList<>(found.filter(Files::isRegularFile).sorted().toList());
        }
    }

    private static void clear() throws IOException {
        try (Stream<Path> found = Files.walk(Path.of(""))) {
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.toString().isEmpty()) {
                    Files.delete(path);
                }
            }
        }
    }
}
