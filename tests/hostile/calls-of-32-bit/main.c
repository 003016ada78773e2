#include <stdio.h>

int main() {
    puts("begun");
    fflush(stdout);
    long answer;
    asm volatile("int $0x80" : "=a"(answer) : "a"(20));
    printf("%ld\n", answer);
}
