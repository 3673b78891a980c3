"""Every fault of the truth test: importing a family puts it on the list."""

import truth_database_faults
import truth_spec_faults
import truth_work_faults
from truth_fault import FAULTS, Fault

FAMILIES = (truth_database_faults, truth_work_faults, truth_spec_faults)

__all__ = ["FAMILIES", "FAULTS", "Fault"]
