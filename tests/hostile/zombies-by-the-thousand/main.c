#include <stdio.h>
#include <unistd.h>

int main() {
    puts("begun");
    fflush(stdout);
    int made = 0;
    while (made < 2000) {
        int child = fork();
        if (child == 0) _exit(0);
        if (child < 0) break;
        made++;
    }
    printf("%d\n", made);
}
