"""A virtual machine runs a real program in the memory that a contract promises, and has threads."""

import pytest

from algoroom.runs.engine import Engine
from algoroom.runs.limits import Ceilings
from algoroom.runs.model import Limits, RunRequest, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIB = 1024 * 1024

REAL = """
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.*;

public class Main {
    interface Shape { double area(); }

    static class Square implements Shape {
        final double side;
        Square(double side) { this.side = side; }
        public double area() { return side * side; }
    }

    public static void main(String[] arguments) throws Exception {
        int[] sieve = new int[%d / 4];
        for (int i = 0; i < sieve.length; i++) sieve[i] = i ^ 5;

        Map<Integer, List<String>> byLength = IntStream.range(0, 100_000)
            .mapToObj(Integer::toString).collect(Collectors.groupingBy(String::length));
        TreeMap<String, Long> words = Arrays.stream("to be or not to be".split(" "))
            .collect(Collectors.groupingBy(w -> w, TreeMap::new, Collectors.counting()));
        PriorityQueue<Shape> shapes = new PriorityQueue<>(Comparator.comparingDouble(Shape::area));
        for (int i = 9; i > 0; i--) shapes.add(new Square(i));

        int threads = 64;
        AtomicLong sum = new AtomicLong();
        CountDownLatch all = new CountDownLatch(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> parts = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = t;
            parts.add(pool.submit(() -> {
                all.countDown();
                all.await();  // every thread is there at the same time
                long part = 0;
                for (int i = first; i < sieve.length; i += threads) part += sieve[i] ^ 5;
                return sum.addAndGet(part);
            }));
        }
        for (Future<?> part : parts) part.get();
        pool.shutdown();

        long n = sieve.length;
        System.out.println(sum.get() == n * (n - 1) / 2);
        System.out.println(byLength.get(5).size() + " " + words + " " + shapes.poll().area());
        System.out.println(LongStream.rangeClosed(1, 1_000_000).parallel().sum());
        System.out.printf("%%s%%n", String.join("-", new ArrayDeque<>(List.of("a", "b"))));
    }
}
"""


@pytest.mark.parametrize(("memory_mib", "array_mib"), [(256, 100), (128, 30)])
async def test_a_real_program_runs_within_the_memory_of_a_contract(
    engine: Engine, memory_mib: int, array_mib: int
) -> None:
    most = Limits(cpu_s=10, wall_s=30, memory_bytes=memory_mib * MIB, processes=256)
    limits = Ceilings(most, 300).limits(engine.languages.get("java").declaration.limits)
    request = RunRequest("java", REAL % (array_mib * MIB), limits=limits)
    outcome = await engine.outcome(request)
    assert (outcome.verdict, outcome.stderr) == (Verdict.OK, b""), outcome
    assert outcome.stdout.decode() == (
        "true\n90000 {be=2, not=1, or=1, to=2} 1.0\n500000500000\na-b\n"
    )
    assert array_mib * MIB < outcome.peak_memory_bytes < memory_mib * MIB
