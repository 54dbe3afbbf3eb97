//! Temporary: removed before hand-over.
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let json = a.iter().any(|x| x == "--json");
    let ok = match a[0].as_str() {
        "world" => simulations::lab::run(&a[1], json, &a[2..]),
        _ => panic!(),
    };
    match ok { Ok(true) => {}, Ok(false) => std::process::exit(1), Err(e) => { eprintln!("{e:#}"); std::process::exit(2) } }
}
