#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
    puts("begun");
    fflush(stdout);
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
}
