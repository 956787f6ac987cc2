{{ base_source('marketo', 'program_cost') }}
