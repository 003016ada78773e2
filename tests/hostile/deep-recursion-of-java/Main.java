public class Main {
    static int dive(int depth) {
        return dive(depth + 1) + 1;
    }

    public static void main(String[] arguments) {
        System.out.println("begun");
        dive(0);
    }
}
