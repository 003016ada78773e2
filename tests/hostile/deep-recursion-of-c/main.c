#include <stdio.h>

int dive(volatile int depth) {
    volatile char room[4096];
    room[depth % 4096] = 1;
    return dive(depth + 1) + room[0];
}

int main(void) {
    puts("begun");
    fflush(stdout);
    return dive(0);
}
