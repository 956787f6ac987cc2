{{ base_source('marketo', 'lead', attributes=marketo_lead_columns()) }}
