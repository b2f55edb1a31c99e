//! BPMN from outside: a model of another tool becomes a pack that the checker reads, and goes out as
//! it came.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="leave" name="Leave" isExecutable="true">
    <bpmn:startEvent id="asked"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="approve" name="Approve" camunda:candidateGroups="heads" camunda:priority="3">
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="done"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="asked" targetRef="approve" />
    <bpmn:sequenceFlow id="f2" sourceRef="approve" targetRef="done" />
  </bpmn:process>
</bpmn:definitions>
"#;

fn mandate(folder: &Path, arguments: &[&str]) -> Output {
    let binary = testkit::binary::mandate().expect("the built binary");
    Command::new(binary).args(arguments).current_dir(folder).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_model_becomes_a_pack_and_goes_out_as_it_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(here.join("leave.bpmn"), MODEL).expect("a file");
    let imported = mandate(here, &["import", "leave.bpmn", "--out", "pack"]);
    let said = text(&imported.stderr);
    assert_eq!(imported.status.code(), Some(0), "{said}");
    assert!(said.contains("leave.bpmn:5:") && said.contains("[notMapped]"), "{said}");

    let checked = mandate(here, &["check", "pack", "--format", "json"]);
    let problems: serde_json::Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let errors: Vec<&serde_json::Value> = problems
        .as_array()
        .expect("a list")
        .iter()
        .filter(|problem| problem["severity"] == "error")
        .collect();
    assert_eq!(errors, Vec::<&serde_json::Value>::new());

    let exported = mandate(here, &["export", "pack"]);
    assert_eq!(text(&exported.stdout), MODEL);

    let yaml = here.join("pack/processes/leave.yaml");
    let changed = fs::read_to_string(&yaml).expect("it was written").replace("Approve", "Decide");
    fs::write(&yaml, changed).expect("a file");
    let exported = text(&mandate(here, &["export", "pack/processes/leave.yaml"]).stdout);
    assert!(exported.contains("name=\"Decide\"") && exported.contains("camunda:priority=\"3\""));

    // What somebody changed is not overwritten unasked.
    let again = mandate(here, &["import", "leave.bpmn", "--out", "pack"]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
}

#[test]
fn a_file_that_breaks_a_rule_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let broken = MODEL.replace("targetRef=\"done\"", "targetRef=\"nowhere\"");
    fs::write(here.join("leave.bpmn"), broken).expect("a file");
    let imported = mandate(here, &["import", "leave.bpmn", "--out", "pack"]);
    let said = text(&imported.stderr);
    assert_eq!(imported.status.code(), Some(1), "{said}");
    assert!(said.contains("leave.bpmn:10:") && said.contains("[flowWithoutEnd]"), "{said}");
    assert!(!here.join("pack").exists());
}

#[test]
fn a_model_that_cannot_be_said_goes_out_as_it_came_while_nobody_touches_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let script =
        "<bpmn:scriptTask id=\"approve\" scriptFormat=\"groovy\"><bpmn:script>a</bpmn:script>";
    let model = MODEL.replace("<bpmn:userTask id=\"approve\" name=\"Approve\" camunda:candidateGroups=\"heads\" camunda:priority=\"3\">", script);
    let model = model.replace("</bpmn:userTask>", "</bpmn:scriptTask>");
    fs::write(here.join("leave.bpmn"), &model).expect("a file");
    assert_eq!(mandate(here, &["import", "leave.bpmn", "--out", "pack"]).status.code(), Some(1));
    for from in ["pack", "pack/processes/leave.yaml"] {
        let exported = mandate(here, &["export", from]);
        assert_eq!(text(&exported.stdout), model, "{from} {}", text(&exported.stderr));
    }
    let yaml = here.join("pack/processes/leave.yaml");
    let touched = fs::read_to_string(&yaml).expect("YAML").replace("name: Leave", "name: Other");
    fs::write(&yaml, touched).expect("a file");
    assert_eq!(mandate(here, &["export", "pack"]).status.code(), Some(1));
}
