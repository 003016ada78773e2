fn dive(depth: u64) -> u64 {
    let mut room = [depth; 64];
    unsafe { std::ptr::write_volatile(&mut room[depth as usize % 64], depth) };
    dive(depth + 1) + room[depth as usize % 7]
}

fn main() {
    println!("begun");
    println!("{}", dive(0));
}
