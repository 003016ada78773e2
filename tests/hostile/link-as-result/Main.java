import java.nio.file.*;

public class Main {
    public static void main(String[] arguments) throws Exception {
        Files.createSymbolicLink(Path.of("/code/shadow"), Path.of("/etc/shadow"));
        System.out.println("exists: " + Files.exists(Path.of("/code/shadow")));
        try {
            Runtime.getRuntime().exec(new String[] {"mount", "-t", "tmpfs", "x", "/code"}).waitFor();
            System.out.println("writes: " + Files.isWritable(Path.of("/usr/bin")));
        } catch (Exception refused) {
            System.out.println("writes: false");
        }
    }
}
