{{ base_source('marketo', 'program_membership') }}
