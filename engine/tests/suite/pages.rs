//! What the pages for authors promise to list.

use engine::expression::function_names;

#[test]
fn every_function_is_on_the_page_of_expressions() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language/expressions.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let words: Vec<&str> = page.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    // It is written as CEL has it as well.
    let listed = |name: &&str| *name != "exists_one" && !words.contains(name);
    let missing: Vec<&str> = function_names().filter(listed).collect();
    assert_eq!(missing, [""; 0]);
}
