"""`lifeboat schema` against a validator that others wrote: what is a runbook validates, what is none does not."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import jsonschema
import yaml

from core_schema import load

ROOT = Path(__file__).resolve().parents[2]

# Files with a mistake that no schema can see, each with the reason.
INSIDE = "what is inside of `${{ }}`, `when` and `expect` is a language of its own"
NAMES = "it names something that stands elsewhere in the file, or twice"
VALUES = "two values of the file must be compared"
WARNING = "it is a warning: the file is a runbook"
SENSE = "what it says can be said, and makes no sense: times, sizes, gates and ways that contradict each other or what AWS is"
OTHER = "it is about what stands in another file"
WRITTEN = "a schema sees the number, not how it is written, nor how many bits it takes"
BEYOND = {
    "expr_secret_decides": INSIDE,
    "impaired_program": WARNING,
    "impaired_region_unknown": WARNING,
    "programs_as_whom": WARNING,
    "role_bare": SENSE,
    "role_of_a_user": SENSE,
    "role_other_account": SENSE,
    "role_other_partition": SENSE,
    "role_session": SENSE,
    "rpo_unguarded": WARNING,
    "target_no_account": WARNING,
    "target_region_unknown": WARNING,
    "expect_assignment": INSIDE,
    "expect_field_of_number": INSIDE,
    "expect_not_a_condition": INSIDE,
    "expect_order_of_bool": INSIDE,
    "expect_text_for_number": INSIDE,
    "expect_unknown_field": INSIDE,
    "expr_and": INSIDE,
    "expr_answers": INSIDE,
    "expr_arithmetic": INSIDE,
    "expr_arn_part": INSIDE,
    "expr_behind": INSIDE,
    "expr_constant": INSIDE,
    "expr_date_form": INSIDE,
    "expr_duration_compared": INSIDE,
    "expr_environment": INSIDE,
    "expr_filter_argument": INSIDE,
    "expr_filter_named": INSIDE,
    "expr_filter_type": INSIDE,
    "expr_function": INSIDE,
    "expr_github": INSIDE,
    "expr_in_block": INSIDE,
    "expr_inputs": INSIDE,
    "expr_item": INSIDE,
    "expr_itself": INSIDE,
    "expr_list_in_text": INSIDE,
    "expr_not_needed": INSIDE,
    "expr_now": INSIDE,
    "expr_other_default": INSIDE,
    "expr_other_pair": INSIDE,
    "expr_plus_duration": INSIDE,
    "expr_run_in_title": INSIDE,
    "expr_secret": INSIDE,
    "expr_secret_changed": INSIDE,
    "expr_secret_param_changed": INSIDE,
    "expr_steps_in_gate": INSIDE,
    "expr_syntax": INSIDE,
    "expr_test_argument": INSIDE,
    "expr_time_order": INSIDE,
    "expr_time_sum": INSIDE,
    "expr_too_long": INSIDE,
    "expr_unknown_filter": INSIDE,
    "expr_unknown_name": INSIDE,
    "expr_unknown_output": INSIDE,
    "expr_unknown_param": INSIDE,
    "expr_unknown_step": INSIDE,
    "target_region_reads_steps": INSIDE,
    "when_not_a_condition": INSIDE,
    "title_reads_steps": INSIDE,
    "runbook_param_late": INSIDE,
    "runbook_param_type": INSIDE,
    "runbook_steps_not_needed": INSIDE,
    "runbook_steps_through": INSIDE,
    "runbook_steps_unknown": INSIDE,
    "step_id_rollback": NAMES,
    "runbook_objectives": OTHER,
    "runbook_circle": OTHER,
    "runbook_deep": OTHER,
    "runbook_file_broken": OTHER,
    "runbook_folder": OTHER,
    "runbook_itself": OTHER,
    "runbook_missing": OTHER,
    "runbook_param_missing": OTHER,
    "runbook_param_unknown": OTHER,
    "runbook_param_value": OTHER,
    "runbook_param_secret": OTHER,
    "runbook_secret_part": OTHER,
    "foreign_expressions": INSIDE,
    "needs_cycle": NAMES,
    "needs_cycle_by_default": NAMES,
    "needs_itself": NAMES,
    "needs_unknown": NAMES,
    "step_duplicate_id": NAMES,
    "target_default_unknown": NAMES,
    "target_unknown": NAMES,
    "param_bounds_crossed": VALUES,
    "record_outside_the_zone": VALUES,
    "record_relative": VALUES,
    "records_outside_the_zone": VALUES,
    "param_default_enum": VALUES,
    "param_default_pattern": VALUES,
    "param_default_range": VALUES,
    "with_ask_pattern": VALUES,
    "with_url_by_default": VALUES,
    "with_default_out_of_range": VALUES,
    "with_param_of_other_type": VALUES,
    "choose_not_a_choice": INSIDE,
    "expr_too_many_steps": INSIDE,
    "items_of_the_run": INSIDE,
    "items_output_of_all": INSIDE,
    "items_state_of_all": INSIDE,
    "param_secret_in_why": INSIDE,
    "param_secret_in_when": INSIDE,
    "param_secret_in_target": INSIDE,
    "param_secret_in_for_each": INSIDE,
    "param_secret_among_all": INSIDE,
    "secret_in_title": INSIDE,
    "secret_in_when": INSIDE,
    "secret_unknown": INSIDE,
    "items_not_a_list": INSIDE,
    "items_bad_name": VALUES,
    "items_nameless": VALUES,
    "items_twice": VALUES,
    "word_in_template": VALUES,
    "word_not_in_enum": VALUES,
    "word_not_in_list": VALUES,
    "word_of_no_kind": VALUES,
    "word_of_no_state": VALUES,
    "confirm_same": SENSE,
    "confirm_short": SENSE,
    "expect_always": SENSE,
    "expect_always_error": SENSE,
    "expect_always_field": SENSE,
    "expect_error_lag": SENSE,
    "expect_error_late": SENSE,
    "expect_error_too": SENSE,
    "expect_never": SENSE,
    "expect_never_two": SENSE,
    "failback_itself": SENSE,
    "failback_no_runbook": SENSE,
    "impaired_action": SENSE,
    "impaired_gate": SENSE,
    "impaired_only_target": SENSE,
    "pace_every": SENSE,
    "pace_metric": SENSE,
    "pace_route53_beside": SENSE,
    "pace_route53_sum": SENSE,
    "reach_bounds": SENSE,
    "reach_constant": SENSE,
    "reach_contradiction": SENSE,
    "reach_false": SENSE,
    "reach_not_any": SENSE,
    "reach_state_not_over": SENSE,
    "retry_irreversible": SENSE,
    "rollback_irreversible": SENSE,
    "rollback_nothing": SENSE,
    "sizes_by_default": SENSE,
    "sizes_desired": SENSE,
    "sizes_min": SENSE,
    "sizes_outer": SENSE,
    "target_unused": SENSE,
    "timeout_missing": SENSE,
    "times_fresh": SENSE,
    "times_fresh_default_every": SENSE,
    "times_stable": SENSE,
    "times_within": SENSE,
    "title_twice": SENSE,
    "weights_all_zero": SENSE,
    "impaired_route53_probe": SENSE,
    "number_beyond_64_bits": WRITTEN,
    "zero_number": WRITTEN,
    "param_unused": WARNING,
    "param_secret_unused": WARNING,
    "secret_unused": WARNING,
    "ask_no_example": SENSE,
    "skipped_read": SENSE,
    "wait_over_rto": SENSE,
    "wait_over_timeout": SENSE,
    "warn_expected_over_timeout": WARNING,
    "warn_expected_over_timeout_written": WARNING,
    "warn_failback_missing": WARNING,
    "warn_irreversible": WARNING,
    "warn_route53": WARNING,
    "warn_rto": WARNING,
    "warn_secret_shown": WARNING,
    "warn_shell": WARNING,
    "warn_world_missing": WARNING,
}


def validator():
    text = subprocess.run([os.environ["LIFEBOAT_BIN"], "schema"], check=True, capture_output=True, text=True).stdout
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["regex"]))


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.validator = validator()

    def test_every_runbook_validates(self):
        files = [*ROOT.glob("runbooks/*.yaml"), *ROOT.glob("tests/runbooks/*.yaml"), *ROOT.glob("tests/peers/runbooks/*.yaml"), *ROOT.glob("templates/*.yaml")]
        self.assertGreater(len(files), 8)
        for file in files:
            with self.subTest(file.name):
                errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(load(file))]
                self.assertEqual(errors, [])

    def test_every_bad_runbook_that_a_schema_can_catch_is_caught(self):
        files = sorted(ROOT.glob("tests/bad_runbooks/*.yaml"))
        self.assertGreater(len(files), 100)
        passed = set()
        for file in files:
            try:
                document = load(file)
            except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
                continue  # No YAML at all, or nested beyond what readers take: every editor says so before it looks at a schema.
            if self.validator.is_valid(document):
                passed.add(file.stem)
        self.assertEqual(sorted(passed - BEYOND.keys()), [], "not caught, and no reason is given in BEYOND")
        self.assertEqual(sorted(BEYOND.keys() - passed), [], "in BEYOND, and yet caught (or not there)")


if __name__ == "__main__":
    unittest.main()
