macro_rules! grow {
    ($($token:tt)*) => { grow!($($token)* $($token)*) };
}

fn main() {
    grow!(1 + 1);
}
