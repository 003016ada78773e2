#include <stdio.h>
#include <unistd.h>

int main() {
    puts("begun");
    fflush(stdout);
    for (;;) fork();
}
