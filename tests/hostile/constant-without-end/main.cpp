constexpr long spin() {
    long turns = 0;
    for (long outer = 0; outer < 1000000000; outer++)
        for (long inner = 0; inner < 200000; inner++) turns += inner;
    return turns;
}

constexpr long value = spin();

int main() {
    return value;
}
