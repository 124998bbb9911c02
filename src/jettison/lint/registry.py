"""All rules, in the order in which BuildKit comes upon what they find."""

from __future__ import annotations

from jettison.lint.model import Rule
from jettison.lint.rules import (
    casing,
    commands,
    descriptions,
    old_forms,
    paths,
    platforms,
    ports,
    secrets,
    stage_names,
    variables,
)

RULES: tuple[Rule, ...] = (
    old_forms.NO_EMPTY_CONTINUATION,
    old_forms.MAINTAINER_DEPRECATED,
    casing.STAGE_NAME_CASING,
    casing.FROM_AS_CASING,
    descriptions.INVALID_DEFINITION_DESCRIPTION,
    stage_names.RESERVED_STAGE_NAME,
    stage_names.DUPLICATE_STAGE_NAME,
    casing.CONSISTENT_INSTRUCTION_CASING,
    variables.INVALID_DEFAULT_ARG_IN_FROM,
    variables.UNDEFINED_ARG_IN_FROM,
    platforms.REDUNDANT_TARGET_PLATFORM,
    platforms.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
    platforms.INVALID_BASE_IMAGE_PLATFORM,
    variables.UNDEFINED_VAR,
    old_forms.LEGACY_KEY_VALUE_FORMAT,
    secrets.SECRETS_USED_IN_ARG_OR_ENV,
    paths.WORKDIR_RELATIVE_PATH,
    paths.COPY_IGNORED_FILE,
    commands.JSON_ARGS_RECOMMENDED,
    commands.MULTIPLE_INSTRUCTIONS_DISALLOWED,
    ports.EXPOSE_PROTO_CASING,
    ports.EXPOSE_INVALID_FORMAT,
)

BY_NAME = {rule.name: rule for rule in RULES}
