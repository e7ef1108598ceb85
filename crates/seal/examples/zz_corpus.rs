fn main() {
    let key = casemate_seal::DataKey::from_slice(&[7; 32]).unwrap();
    let seal = |n: usize| {
        let mut v = Vec::new();
        casemate_seal::seal_into(&key, b"fuzz", &vec![b'x'; n], &mut v).unwrap();
        v
    };
    let w = |n: &str, v: &[u8]| std::fs::write(format!("fuzz/corpus/sealed-file/{n}"), v).unwrap();
    w("empty-message", &seal(0));
    w("short", &seal(5));
    w("full-chunk", &seal(16384));
    w("chunk-and-one", &seal(16385));
    let v = seal(5);
    w("cut", &v[..v.len() - 1]);
    w("header-only", &v[..56]);
    w("half-a-header", &v[..30]);
    w("nothing", b"");
    let mut f = v.clone();
    f[60] ^= 1;
    w("flipped", &f);
    let mut f = v.clone();
    f[3] ^= 1;
    w("flipped-salt", &f);
    let mut f = v.clone();
    f[40] ^= 1;
    w("flipped-commitment", &f);
    let v = seal(16384);
    w("no-last-chunk", &v[..v.len() - 16]);
}
