#include <cstdio>
#include <cstring>

static char room[1UL << 30];

int main() {
    puts("begun");
    fflush(stdout);
    memset(room, 1, sizeof room);
    printf("%d\n", room[12345]);
}
