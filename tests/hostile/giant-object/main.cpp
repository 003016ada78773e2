int grown[1L << 28] = {1};

int main() {
    return grown[1];
}
