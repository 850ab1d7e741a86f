"""The open Intelligent Operations Centre."""
