#include <cstdio>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

int main() {
    puts("begun");
    char secret[] = "secret", seen[8] = {};
    int sibling = fork();
    if (sibling == 0) {
        sleep(100);
        _exit(0);
    }
    iovec here = {seen, sizeof secret}, there = {secret, sizeof secret};
    printf("attach %ld\n", ptrace(PTRACE_ATTACH, sibling, 0, 0));
    printf("seize %ld\n", ptrace(PTRACE_SEIZE, sibling, 0, 0));
    printf("read %zd\n", process_vm_readv(sibling, &here, 1, &there, 1, 0));
    printf("first %ld\n", ptrace(PTRACE_ATTACH, 1, 0, 0));
}
