import java.util.Set;
import javax.annotation.processing.*;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class Main extends AbstractProcessor {
    static {
        System.out.println("loaded by " + Thread.currentThread().getStackTrace().length / 100);
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        throw new IllegalStateException("processed by the compiler");
    }

    @Deprecated
    public static void main(String[] arguments) {
        System.out.println("begun");
    }
}
