octet inspect --cpu-levels
