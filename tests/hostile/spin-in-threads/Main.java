public class Main {
    public static void main(String[] arguments) {
        System.out.println("begun");
        for (int number = 0; number < 4; number++) {
            new Thread(() -> { for (long turn = 0; ; turn++) { } }).start();
        }
    }
}
