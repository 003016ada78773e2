import java.util.*;

public class Main {
    public static void main(String[] arguments) {
        System.out.println("begun");
        List<int[]> kept = new ArrayList<>();
        for (;;) kept.add(new int[100_000]);
    }
}
