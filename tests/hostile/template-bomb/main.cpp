template <int N, int M>
struct Grow {
    static constexpr long value = Grow<N - 1, M>::value + Grow<N - 1, M + (1 << (N % 30))>::value;
};
template <int M>
struct Grow<0, M> {
    static constexpr long value = M;
};

int main() {
    return Grow<60, 0>::value;
}
