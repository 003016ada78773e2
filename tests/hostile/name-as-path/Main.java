public class \u002e\u002e {
    public static void main(String[] arguments) {
        System.out.println("begun");
    }
}
