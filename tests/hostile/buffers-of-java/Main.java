import java.nio.ByteBuffer;
import java.util.ArrayList;

public class Main {
    public static void main(String[] arguments) {
        System.out.println("begun");
        ArrayList<ByteBuffer> kept = new ArrayList<>();
        for (;;) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            for (int at = 0; at < buffer.capacity(); at += 4096) buffer.put(at, (byte) 1);
            kept.add(buffer);
        }
    }
}
