<?php
echo "begun\n";
function dive() {
    return dive() + 1;
}
dive();
