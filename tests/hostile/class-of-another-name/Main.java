class Hidden {
    public static void main(String[] arguments) {
        System.out.println("begun");
    }
}

interface First {
}
