public class Main {
    public static void main(String[] arguments) throws Exception {
        System.out.println("begun");
        for (;;) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(100_000);
                } catch (InterruptedException ignored) {
                }
            });
            thread.start();
        }
    }
}
