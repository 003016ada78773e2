echo begun
dive() {
    dive
}
dive
