no warnings 'recursion';
$| = 1;
print "begun\n";
sub dive { return dive() + 1 }
dive();
